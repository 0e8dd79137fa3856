using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace KeyPass.Server.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class Budgets : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "concurrent",
                table: "grant_scopes",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "requests_per_minute",
                table: "grant_scopes",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "tokens_per_minute",
                table: "grant_scopes",
                type: "integer",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "budgets",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    account_id = table.Column<Guid>(type: "uuid", nullable: false),
                    owner = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    owner_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    limit_nano_usd = table.Column<long>(type: "bigint", nullable: false),
                    period = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    time_zone = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    days = table.Column<int>(type: "integer", nullable: false),
                    anchor_day = table.Column<int>(type: "integer", nullable: false),
                    clamps = table.Column<bool>(type: "boolean", nullable: false),
                    removed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_budgets", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_budgets_account_id_owner_id",
                table: "budgets",
                columns: new[] { "account_id", "owner_id" });

            migrationBuilder.CreateIndex(
                name: "IX_budgets_owner_owner_id_kind",
                table: "budgets",
                columns: new[] { "owner", "owner_id", "kind" },
                unique: true,
                filter: "removed_at IS NULL");

            // By hand: what the ledger changes, row by row and under locks. A budget goes with its account, and everything of it with the budget.
            migrationBuilder.Sql("""
                ALTER TABLE budgets ADD FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE;
                CREATE TABLE budget_windows (
                    budget_id uuid NOT NULL REFERENCES budgets (id) ON DELETE CASCADE, epoch bigint NOT NULL, starts_at timestamptz NOT NULL,
                    ends_at timestamptz, limit_nano_usd bigint NOT NULL, granted bigint NOT NULL CHECK (granted >= 0),
                    PRIMARY KEY (budget_id, epoch)
                );
                CREATE TABLE leases (
                    budget_id uuid NOT NULL, epoch bigint NOT NULL, incarnation uuid NOT NULL, amount bigint NOT NULL, settled bigint NOT NULL,
                    unaccounted bigint NOT NULL CHECK (unaccounted >= 0), state text NOT NULL CHECK (state IN ('open', 'closed', 'lost')),
                    PRIMARY KEY (budget_id, epoch, incarnation),
                    FOREIGN KEY (budget_id, epoch) REFERENCES budget_windows (budget_id, epoch) ON DELETE CASCADE,
                    CHECK (settled >= 0 AND settled <= amount)
                );
                CREATE INDEX leases_by_server ON leases (incarnation) WHERE state = 'open';
                CREATE TABLE nodes (
                    incarnation uuid PRIMARY KEY, started_at timestamptz NOT NULL, heard_at timestamptz NOT NULL, ended_at timestamptz, lost_at timestamptz
                );
                CREATE TABLE budget_alerts (
                    budget_id uuid NOT NULL, epoch bigint NOT NULL, percent integer NOT NULL, at timestamptz NOT NULL, account_id uuid NOT NULL, told_at timestamptz,
                    PRIMARY KEY (budget_id, epoch, percent),
                    FOREIGN KEY (budget_id, epoch) REFERENCES budget_windows (budget_id, epoch) ON DELETE CASCADE
                );
                CREATE INDEX budget_alerts_by_account ON budget_alerts (account_id, at DESC);
                ALTER TABLE receipts ADD COLUMN bound_nano_usd bigint, ADD COLUMN clamped_to bigint;
                CREATE FUNCTION tell_budget_changed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM pg_notify('keypass_grants', 'account:' || NEW.account_id::text);
                    PERFORM pg_notify('keypass_budgets', 'changed:' || NEW.id::text);
                    RETURN NULL;
                END $$;
                CREATE TRIGGER tell_budget_changed AFTER INSERT OR UPDATE ON budgets
                    FOR EACH ROW EXECUTE FUNCTION tell_budget_changed();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                ALTER TABLE receipts DROP COLUMN bound_nano_usd, DROP COLUMN clamped_to;
                DROP TABLE budget_alerts;
                DROP TABLE nodes;
                DROP TABLE leases;
                DROP TABLE budget_windows;
                DROP TRIGGER tell_budget_changed ON budgets;
                DROP FUNCTION tell_budget_changed();
                """);

            migrationBuilder.DropTable(
                name: "budgets");

            migrationBuilder.DropColumn(
                name: "concurrent",
                table: "grant_scopes");

            migrationBuilder.DropColumn(
                name: "requests_per_minute",
                table: "grant_scopes");

            migrationBuilder.DropColumn(
                name: "tokens_per_minute",
                table: "grant_scopes");
        }
    }
}
