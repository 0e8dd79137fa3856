using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace KeyPass.Server.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class Receipts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // By hand: partitions, which the mapping has no words for. A day is dropped whole; what has no day of its own yet waits in the last.
            migrationBuilder.Sql("""
                CREATE TABLE receipts (
                    day date NOT NULL, id uuid NOT NULL, at timestamptz NOT NULL, account_id uuid NOT NULL, grant_id uuid NOT NULL,
                    credential_id uuid NOT NULL, is_test boolean NOT NULL, tags text[] NOT NULL, key_id uuid, provider text, operation text, model text,
                    served_model text, served_tier text, status integer NOT NULL, code text, provider_status integer, provider_code text,
                    provider_message text, exactness text NOT NULL, cost_nano_usd bigint, price_version text, lines jsonb, input_tokens bigint NOT NULL,
                    output_tokens bigint NOT NULL, is_stream boolean NOT NULL, hung_up boolean NOT NULL, attempts integer NOT NULL,
                    latency_ms integer NOT NULL, provider_ms integer, first_byte_ms integer,
                    written_at timestamptz NOT NULL DEFAULT now(),
                    PRIMARY KEY (day, id)
                ) PARTITION BY RANGE (day);
                CREATE INDEX receipts_by_account ON receipts (account_id, at DESC);
                CREATE INDEX receipts_by_writing ON receipts (account_id, written_at);
                CREATE INDEX receipts_by_grant ON receipts (grant_id, at DESC);
                CREATE TABLE receipts_other PARTITION OF receipts DEFAULT;
                CREATE FUNCTION drop_receipts_of_account() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    DELETE FROM receipts WHERE account_id = OLD.id;
                    RETURN NULL;
                END $$;
                CREATE TRIGGER drop_receipts_of_account AFTER DELETE ON accounts
                    FOR EACH ROW EXECUTE FUNCTION drop_receipts_of_account();
                """);

        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                DROP TRIGGER drop_receipts_of_account ON accounts;
                DROP FUNCTION drop_receipts_of_account();
                DROP TABLE receipts;
                """);

        }
    }
}
