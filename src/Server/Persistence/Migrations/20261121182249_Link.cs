using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace KeyPass.Server.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class Link : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "connection_id",
                table: "grant_scopes",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "apps",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    account_id = table.Column<Guid>(type: "uuid", nullable: false),
                    client_id = table.Column<string>(type: "character varying(56)", maxLength: 56, nullable: false),
                    name = table.Column<string>(type: "character varying(60)", maxLength: 60, nullable: false),
                    homepage = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    logo = table.Column<string>(type: "text", nullable: true),
                    is_test = table.Column<bool>(type: "boolean", nullable: false),
                    origins = table.Column<string[]>(type: "text[]", nullable: false),
                    redirect_uris = table.Column<string[]>(type: "text[]", nullable: false),
                    domain = table.Column<string>(type: "character varying(270)", maxLength: 270, nullable: true),
                    domain_verified_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    changes = table.Column<int>(type: "integer", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    deleted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_apps", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "app_secrets",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    app_id = table.Column<Guid>(type: "uuid", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    hint = table.Column<string>(type: "character varying(4)", maxLength: 4, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_app_secrets", x => x.id);
                    table.ForeignKey(
                        name: "FK_app_secrets_apps_app_id",
                        column: x => x.app_id,
                        principalTable: "apps",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "connections",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    app_id = table.Column<Guid>(type: "uuid", nullable: false),
                    account_id = table.Column<Guid>(type: "uuid", nullable: false),
                    client_user_id = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    grant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    activated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    revoked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    changes = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_connections", x => x.id);
                    table.ForeignKey(
                        name: "FK_connections_apps_app_id",
                        column: x => x.app_id,
                        principalTable: "apps",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_connections_grants_grant_id",
                        column: x => x.grant_id,
                        principalTable: "grants",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "link_sessions",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    app_id = table.Column<Guid>(type: "uuid", nullable: false),
                    link_token_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    status = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    providers = table.Column<string[]>(type: "text[]", nullable: false),
                    models = table.Column<string[]>(type: "text[]", nullable: false),
                    budget_cents = table.Column<long>(type: "bigint", nullable: false),
                    period = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    reason = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    client_user_id = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    origin = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    redirect_uri = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    code_challenge = table.Column<byte[]>(type: "bytea", nullable: true),
                    wanted_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    connection_id = table.Column<Guid>(type: "uuid", nullable: true),
                    is_update = table.Column<bool>(type: "boolean", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    account_id = table.Column<Guid>(type: "uuid", nullable: true),
                    exit_reason = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    grant_id = table.Column<Guid>(type: "uuid", nullable: true),
                    public_token_hash = table.Column<byte[]>(type: "bytea", nullable: true),
                    public_token_ends_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    granted_cents = table.Column<long>(type: "bigint", nullable: true),
                    granted_period = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: true),
                    granted_cents_per_hour = table.Column<long>(type: "bigint", nullable: true),
                    granted_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    exchanged_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    relay = table.Column<byte[]>(type: "bytea", nullable: true),
                    relayed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_link_sessions", x => x.id);
                    table.ForeignKey(
                        name: "FK_link_sessions_apps_app_id",
                        column: x => x.app_id,
                        principalTable: "apps",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "link_events",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    session_id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_link_events", x => x.id);
                    table.ForeignKey(
                        name: "FK_link_events_link_sessions_session_id",
                        column: x => x.session_id,
                        principalTable: "link_sessions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_app_secrets_app_id",
                table: "app_secrets",
                column: "app_id");

            migrationBuilder.CreateIndex(
                name: "IX_app_secrets_hash",
                table: "app_secrets",
                column: "hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_apps_account_id",
                table: "apps",
                column: "account_id");

            migrationBuilder.CreateIndex(
                name: "IX_apps_client_id",
                table: "apps",
                column: "client_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_connections_account_id",
                table: "connections",
                column: "account_id");

            migrationBuilder.CreateIndex(
                name: "IX_connections_app_id_account_id",
                table: "connections",
                columns: new[] { "app_id", "account_id" });

            migrationBuilder.CreateIndex(
                name: "IX_connections_grant_id",
                table: "connections",
                column: "grant_id");

            migrationBuilder.CreateIndex(
                name: "IX_link_events_session_id",
                table: "link_events",
                column: "session_id");

            migrationBuilder.CreateIndex(
                name: "IX_link_sessions_app_id_expires_at",
                table: "link_sessions",
                columns: new[] { "app_id", "expires_at" });

            migrationBuilder.CreateIndex(
                name: "IX_link_sessions_created_at",
                table: "link_sessions",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "IX_link_sessions_link_token_hash",
                table: "link_sessions",
                column: "link_token_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_link_sessions_public_token_hash",
                table: "link_sessions",
                column: "public_token_hash",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "app_secrets");

            migrationBuilder.DropTable(
                name: "connections");

            migrationBuilder.DropTable(
                name: "link_events");

            migrationBuilder.DropTable(
                name: "link_sessions");

            migrationBuilder.DropTable(
                name: "apps");

            migrationBuilder.DropColumn(
                name: "connection_id",
                table: "grant_scopes");
        }
    }
}
