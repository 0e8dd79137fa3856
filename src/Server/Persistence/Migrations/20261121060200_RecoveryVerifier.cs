using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace KeyPass.Server.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class RecoveryVerifier : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<byte[]>(
                name: "verifier",
                table: "vault_unlocks",
                type: "bytea",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "verifier",
                table: "vault_unlocks");
        }
    }
}
