using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace KeyPass.Server.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class ProviderKeys : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "label",
                table: "vault_items",
                type: "character varying(100)",
                maxLength: 100,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "origin",
                table: "vault_items",
                type: "character varying(270)",
                maxLength: 270,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "provider",
                table: "vault_items",
                type: "character varying(128)",
                maxLength: 128,
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "rotated_at",
                table: "vault_items",
                type: "timestamp with time zone",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "label",
                table: "vault_items");

            migrationBuilder.DropColumn(
                name: "origin",
                table: "vault_items");

            migrationBuilder.DropColumn(
                name: "provider",
                table: "vault_items");

            migrationBuilder.DropColumn(
                name: "rotated_at",
                table: "vault_items");
        }
    }
}
