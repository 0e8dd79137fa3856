using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace KeyPass.Server.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class VirtualKeys : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "grant_scopes",
                columns: table => new
                {
                    grant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    is_test = table.Column<bool>(type: "boolean", nullable: false),
                    providers = table.Column<string[]>(type: "text[]", nullable: false),
                    models = table.Column<string[]>(type: "text[]", nullable: false),
                    routes = table.Column<string[]>(type: "text[]", nullable: false),
                    cancels_on_hang_up = table.Column<bool>(type: "boolean", nullable: false),
                    tags = table.Column<string[]>(type: "text[]", nullable: false),
                    disabled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_grant_scopes", x => x.grant_id);
                    table.ForeignKey(
                        name: "FK_grant_scopes_grants_grant_id",
                        column: x => x.grant_id,
                        principalTable: "grants",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "virtual_keys",
                columns: table => new
                {
                    grant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    account_id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    hint = table.Column<string>(type: "character varying(4)", maxLength: 4, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_virtual_keys", x => x.grant_id);
                    table.ForeignKey(
                        name: "FK_virtual_keys_grants_grant_id",
                        column: x => x.grant_id,
                        principalTable: "grants",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_virtual_keys_account_id",
                table: "virtual_keys",
                column: "account_id");

            // By hand: whatever changes what a credential may do tells every server, in its own commit. What only says when one was used
            // tells nobody.
            migrationBuilder.Sql("""
                CREATE FUNCTION tell_grant_changed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF TG_TABLE_NAME = 'grants' THEN
                        PERFORM pg_notify('keypass_grants', NEW.id::text);
                    ELSIF TG_OP = 'DELETE' THEN
                        PERFORM pg_notify('keypass_grants', OLD.grant_id::text);
                    ELSE
                        PERFORM pg_notify('keypass_grants', NEW.grant_id::text);
                    END IF;
                    RETURN NULL;
                END $$;
                CREATE TRIGGER tell_grant_changed AFTER UPDATE OF revoked_at ON grants
                    FOR EACH ROW EXECUTE FUNCTION tell_grant_changed();
                CREATE TRIGGER tell_grant_changed AFTER UPDATE OR DELETE ON grant_scopes
                    FOR EACH ROW EXECUTE FUNCTION tell_grant_changed();
                CREATE TRIGGER tell_grant_changed AFTER INSERT OR DELETE OR UPDATE OF envelope, expires_at ON token_wraps
                    FOR EACH ROW EXECUTE FUNCTION tell_grant_changed();
                CREATE TRIGGER tell_grant_changed AFTER INSERT OR UPDATE OR DELETE ON sealed_keys
                    FOR EACH ROW EXECUTE FUNCTION tell_grant_changed();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                DROP TRIGGER tell_grant_changed ON grants;
                DROP TRIGGER tell_grant_changed ON grant_scopes;
                DROP TRIGGER tell_grant_changed ON token_wraps;
                DROP TRIGGER tell_grant_changed ON sealed_keys;
                DROP FUNCTION tell_grant_changed();
                """);

            migrationBuilder.DropTable(
                name: "grant_scopes");

            migrationBuilder.DropTable(
                name: "virtual_keys");
        }
    }
}
