// Notes, and answers about them, paid with the visitor's own AI keys. What an app does with KeyPass is in Notes.cs.
using KeyPass.Samples.Notes;
using KeyPass.Sdk;

var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, WebRootPath = "page" });
var settings = NotesSettings.Read(builder.Configuration);
builder.WebHost.UseUrls(settings.Origin);
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("System.Net.Http", LogLevel.Warning);
builder.Services.AddKeyPass(settings.KeyPass);
// A real app keeps access tokens encrypted in its database, beside its users. This one forgets them when it ends.
builder.Services.AddDistributedMemoryCache().AddSession(session => session.Cookie.Name = "notes");
builder.Services.AddSingleton(settings).AddHttpClient<NotesPage>();

var app = builder.Build();
app.UseSession();
app.UseStaticFiles();
app.MapGet("/", (HttpContext http, NotesPage page) => page.SendAsync(http));
app.MapGet("/api/connection", Notes.ShowAsync);
app.MapPost("/api/connection/begin", Notes.BeginAsync);
app.MapPost("/api/connection/finish", Notes.FinishAsync);
app.MapPost("/api/ask", Notes.AskAsync);
app.Run();
