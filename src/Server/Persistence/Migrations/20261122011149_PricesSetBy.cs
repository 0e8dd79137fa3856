using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace KeyPass.Server.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class PricesSetBy : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "set_by",
                table: "prices",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "IX_prices_set_by",
                table: "prices",
                column: "set_by");

            migrationBuilder.AddForeignKey(
                name: "FK_prices_accounts_set_by",
                table: "prices",
                column: "set_by",
                principalTable: "accounts",
                principalColumn: "id",
                onDelete: ReferentialAction.SetNull);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "FK_prices_accounts_set_by",
                table: "prices");

            migrationBuilder.DropIndex(
                name: "IX_prices_set_by",
                table: "prices");

            migrationBuilder.DropColumn(
                name: "set_by",
                table: "prices");
        }
    }
}
