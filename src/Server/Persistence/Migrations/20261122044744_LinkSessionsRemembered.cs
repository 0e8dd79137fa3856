using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace KeyPass.Server.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class LinkSessionsRemembered : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_link_sessions_remembered",
                table: "link_sessions",
                column: "created_at",
                filter: "account_id IS NOT NULL OR client_user_id IS NOT NULL OR reason IS NOT NULL OR exit_reason IS NOT NULL OR relay IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_link_sessions_remembered",
                table: "link_sessions");
        }
    }
}
