using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace KeyPass.Server.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class Grants : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "changes",
                table: "vaults",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<string>(
                name: "custody",
                table: "vaults",
                type: "character varying(16)",
                maxLength: 16,
                nullable: false,
                defaultValue: "sealed");

            migrationBuilder.AddColumn<Guid>(
                name: "deposited_by",
                table: "vault_items",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "test_status",
                table: "vault_items",
                type: "character varying(20)",
                maxLength: 20,
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "tested_at",
                table: "vault_items",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "grants",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    account_id = table.Column<Guid>(type: "uuid", nullable: false),
                    vault_id = table.Column<Guid>(type: "uuid", nullable: false),
                    label = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    escrow = table.Column<byte[]>(type: "bytea", nullable: true),
                    approved = table.Column<bool>(type: "boolean", nullable: false),
                    vault_point_tag = table.Column<byte[]>(type: "bytea", nullable: false),
                    parent_id = table.Column<Guid>(type: "uuid", nullable: true),
                    child = table.Column<byte[]>(type: "bytea", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    revoked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_grants", x => x.id);
                    table.ForeignKey(
                        name: "FK_grants_vaults_vault_id",
                        column: x => x.vault_id,
                        principalTable: "vaults",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "management_tokens",
                columns: table => new
                {
                    grant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    account_id = table.Column<Guid>(type: "uuid", nullable: false),
                    scopes = table.Column<string[]>(type: "text[]", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_management_tokens", x => x.grant_id);
                    table.ForeignKey(
                        name: "FK_management_tokens_grants_grant_id",
                        column: x => x.grant_id,
                        principalTable: "grants",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "sealed_keys",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    grant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    key_id = table.Column<Guid>(type: "uuid", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    priority = table.Column<int>(type: "integer", nullable: false),
                    envelope = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_sealed_keys", x => x.id);
                    table.ForeignKey(
                        name: "FK_sealed_keys_grants_grant_id",
                        column: x => x.grant_id,
                        principalTable: "grants",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_sealed_keys_vault_items_key_id",
                        column: x => x.key_id,
                        principalTable: "vault_items",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "token_wraps",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    grant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    envelope = table.Column<byte[]>(type: "bytea", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    last_used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_token_wraps", x => x.id);
                    table.ForeignKey(
                        name: "FK_token_wraps_grants_grant_id",
                        column: x => x.grant_id,
                        principalTable: "grants",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_grants_parent_id",
                table: "grants",
                column: "parent_id");

            migrationBuilder.CreateIndex(
                name: "IX_grants_vault_id",
                table: "grants",
                column: "vault_id");

            migrationBuilder.CreateIndex(
                name: "IX_management_tokens_account_id",
                table: "management_tokens",
                column: "account_id");

            migrationBuilder.CreateIndex(
                name: "IX_sealed_keys_grant_id_key_id_version",
                table: "sealed_keys",
                columns: new[] { "grant_id", "key_id", "version" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_sealed_keys_key_id",
                table: "sealed_keys",
                column: "key_id");

            migrationBuilder.CreateIndex(
                name: "IX_token_wraps_grant_id",
                table: "token_wraps",
                column: "grant_id");

            migrationBuilder.CreateIndex(
                name: "IX_token_wraps_hash",
                table: "token_wraps",
                column: "hash",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "management_tokens");

            migrationBuilder.DropTable(
                name: "sealed_keys");

            migrationBuilder.DropTable(
                name: "token_wraps");

            migrationBuilder.DropTable(
                name: "grants");

            migrationBuilder.DropColumn(
                name: "changes",
                table: "vaults");

            migrationBuilder.DropColumn(
                name: "custody",
                table: "vaults");

            migrationBuilder.DropColumn(
                name: "deposited_by",
                table: "vault_items");

            migrationBuilder.DropColumn(
                name: "test_status",
                table: "vault_items");

            migrationBuilder.DropColumn(
                name: "tested_at",
                table: "vault_items");
        }
    }
}
