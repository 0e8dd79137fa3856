using System.Globalization;

namespace KeyPass.Server.Persistence;

/// <summary>
/// One server a data directory. The kernel drops the lock with the process that holds it, so a killed server leaves nothing
/// to clean up.
/// </summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DataDirectoryLock(FileStream file) => _file = file;

    public static DataDirectoryLock Take(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, "server.lock");
        try
        {
            Directory.CreateDirectory(dataDirectory);
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(PidFile(dataDirectory), Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
            return new DataDirectoryLock(file);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new StartFailure($"The data directory {dataDirectory} cannot be written by {Environment.UserName}: choose another with "
                + "KeyPass__DataDirectory, or give it away with chown -R.", denied);
        }
        catch (IOException held) when (File.Exists(path))
        {
            throw new StartFailure($"Another KeyPass server{Holder(dataDirectory)} uses the data directory {dataDirectory}: stop it, or choose "
                + "another directory with KeyPass__DataDirectory.", held);
        }
        catch (IOException broken)
        {
            throw new StartFailure($"The data directory {dataDirectory} cannot be created ({broken.Message.TrimEnd('.')}): choose another with "
                + "KeyPass__DataDirectory.", broken);
        }
    }

    public void Dispose()
    {
        File.Delete(PidFile(Path.GetDirectoryName(_file.Name)!));
        _file.Dispose();
    }

    private static string Holder(string dataDirectory) =>
        File.Exists(PidFile(dataDirectory)) ? $" (process {File.ReadAllText(PidFile(dataDirectory)).Trim()})" : "";

    private static string PidFile(string dataDirectory) => Path.Combine(dataDirectory, "server.pid");
}
