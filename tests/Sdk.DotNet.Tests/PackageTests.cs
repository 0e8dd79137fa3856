using System.Diagnostics;
using System.IO.Compression;
using System.Text.RegularExpressions;

namespace KeyPass.Sdk.Tests;

/// <summary>The package as somebody gets it: packed, installed into an empty program without ASP.NET, and its README done word for word.</summary>
public sealed partial class PackageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keypass-sdk-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_package_installs_from_a_folder_drags_nothing_in_and_does_what_its_readme_says()
    {
        await using var server = await Contract.StartAsync();
        await DotnetAsync(Repository.Root, "pack", "src/Sdk.DotNet", "--no-restore", "-c", Configuration, "-o", _folder, "-v", "quiet");
        var package = Assert.Single(Directory.GetFiles(_folder, "*.nupkg"));
        AssertDragsNothingIn(package);

        var program = Directory.CreateDirectory(Path.Combine(_folder, "program")).FullName;
        var version = Path.GetFileNameWithoutExtension(package)["KeyPass.Sdk.".Length..];
        Write("nuget.config", """<configuration><packageSources><clear /><add key="folder" value=".." /></packageSources></configuration>""");
        Write("program.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><UseAppHost>false</UseAppHost>
                <Nullable>enable</Nullable><TreatWarningsAsErrors>true</TreatWarningsAsErrors><NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="KeyPass.Sdk" Version="{version}" /></ItemGroup>
            </Project>
            """);
        var examples = Example().Matches(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "src/Sdk.DotNet/README.md")))
            .Select(one => one.Groups[1].Value).ToList();
        // What the browser brings stands between the first example and the second.
        Write("Program.cs", string.Join('\n', [examples[0], "var publicToken = \"kp_pt_1\";", .. examples.Skip(1)]));
        await DotnetAsync(program, "build", "-c", "Release", "-v", "quiet", "-o", "out");
        var said = await DotnetAsync(
            program, ["out/program.dll"], ("KEYPASS_CLIENT_ID", "kp_cid_1"), ("KEYPASS_CLIENT_SECRET", "kp_cs_1"), ("KEYPASS_URL", server.Url.ToString()));
        Assert.Contains("Hello.", said, StringComparison.Ordinal);
        Assert.Contains("Used up until 2026-12-01, or raise it at https://keypass.example/connections/1, request req_1", said, StringComparison.Ordinal);

        void Write(string name, string text) => File.WriteAllText(Path.Combine(program, name), text);
    }

    private static string Configuration => AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";

    private static void AssertDragsNothingIn(string package)
    {
        using var archive = ZipFile.OpenRead(package);
        using var reader = new StreamReader(archive.GetEntry("KeyPass.Sdk.nuspec")!.Open());
        var about = reader.ReadToEnd();
        Assert.DoesNotContain("<dependency ", about, StringComparison.Ordinal);
        Assert.DoesNotContain("frameworkReference name", about, StringComparison.OrdinalIgnoreCase);
        foreach (var name in new[] { "lib/net8.0/KeyPass.Sdk.dll", "lib/net10.0/KeyPass.Sdk.dll", "lib/net10.0/KeyPass.Sdk.xml", "README.md" })
            Assert.NotNull(archive.GetEntry(name));
    }

    private Task<string> DotnetAsync(string folder, params string[] arguments) => DotnetAsync(folder, arguments, []);

    private async Task<string> DotnetAsync(string folder, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        // The program's packages are its own: what an earlier run installed is not what this one packed.
        if (folder != Repository.Root)
            start.Environment["NUGET_PACKAGES"] = Path.Combine(_folder, "packages");
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}\n{texts[0]}\n{texts[1]}");
        return texts[0];
    }

    [GeneratedRegex(@"```csharp\n([\s\S]*?)```")]
    private static partial Regex Example();
}
