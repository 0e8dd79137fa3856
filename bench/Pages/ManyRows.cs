using System.Globalization;
using KeyPass.Server.Persistence;

namespace KeyPass.Bench.Pages;

/// <summary>Fills an account with more than anybody scrolls through, beside what its owner made by the front door.</summary>
/// <param name="virtualKey">Made by the API: the others are its copies, each with a name of its own.</param>
internal sealed class ManyRows(Database database, Guid virtualKey)
{
    public const int Days = 90;

    private int _keys = 1;
    private int _receipts;

    /// <summary>Until the account has so many. Receipts come evenly over the days before now.</summary>
    public async Task FillAsync(int keys, int receipts, CancellationToken cancel)
    {
        await RunAsync($"""
            CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS SELECT n, gen_random_uuid() AS id FROM generate_series({_keys + 1}, {keys}) AS n;
            INSERT INTO grants SELECT (jsonb_populate_record(one, jsonb_build_object('id', fresh.id, 'created_at', one.created_at - n * interval '1 minute'))).*
                FROM fresh, grants AS one WHERE one.id = '{virtualKey}';
            INSERT INTO token_wraps SELECT (jsonb_populate_record(one, jsonb_build_object(
                'id', gen_random_uuid(), 'grant_id', fresh.id, 'hash', '\x' || encode(sha256(fresh.id::text::bytea), 'hex')))).*
                FROM fresh, token_wraps AS one WHERE one.grant_id = '{virtualKey}';
            INSERT INTO sealed_keys SELECT (jsonb_populate_record(one, jsonb_build_object('id', gen_random_uuid(), 'grant_id', fresh.id))).*
                FROM fresh, sealed_keys AS one WHERE one.grant_id = '{virtualKey}';
            INSERT INTO grant_scopes SELECT (jsonb_populate_record(one, jsonb_build_object('grant_id', fresh.id))).*
                FROM fresh, grant_scopes AS one WHERE one.grant_id = '{virtualKey}';
            INSERT INTO virtual_keys SELECT (jsonb_populate_record(one, jsonb_build_object('grant_id', fresh.id, 'name', 'team-' || lpad(n::text, 5, '0')))).*
                FROM fresh, virtual_keys AS one WHERE one.grant_id = '{virtualKey}';
            """, cancel);
        await RunAsync($"""
            DO $$ BEGIN
                FOR ago IN 0..{Days} LOOP
                    EXECUTE format('CREATE TABLE IF NOT EXISTS receipts_%s PARTITION OF receipts FOR VALUES FROM (%L) TO (%L)',
                        to_char(current_date - ago, 'YYYYMMDD'), current_date - ago, current_date - ago + 1);
                END LOOP;
            END $$;
            INSERT INTO receipts (day, id, at, account_id, grant_id, credential_id, is_test, tags, provider, operation, model, status, exactness,
                cost_nano_usd, input_tokens, output_tokens, is_stream, hung_up, attempts, latency_ms, provider_ms)
            SELECT (at AT TIME ZONE 'UTC')::date, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
                    || '8' || substr(md5(n::text), 4, 15))::uuid,
                at, account_id, keys.ids[1 + n % cardinality(keys.ids)], gen_random_uuid(), false, ARRAY['team-' || n % 40], 'openai', 'chat',
                'gpt-5-' || n % 12, CASE WHEN n % 50 = 0 THEN 429 ELSE 200 END, 'exact', 1000 * (n % 5000), 900, 300, n % 2 = 0, false, 1, 800, 790
            FROM (SELECT n, now() - interval '1 minute' - ((n * 7919) % {receipts}) * (interval '{Days} days' / {receipts}) AS at
                FROM generate_series({_receipts + 1}, {receipts}) AS n) AS called,
                (SELECT account_id, array_agg(grant_id) AS ids FROM virtual_keys GROUP BY account_id) AS keys;
            ANALYZE;
            """, cancel);
        (_keys, _receipts) = (keys, receipts);
    }

    private async Task RunAsync(FormattableString statements, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using var command = connection.CreateCommand();
        (command.CommandText, command.CommandTimeout) = (statements.ToString(CultureInfo.InvariantCulture), 300);
        await command.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
    }
}
