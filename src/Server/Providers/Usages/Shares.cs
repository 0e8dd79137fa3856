using KeyPass.Server.Pricing;

namespace KeyPass.Server.Providers;

/// <summary>
/// Providers count parts inside wholes; prices need classes that shut each other out. The parts together never exceed the whole, whatever
/// the provider wrote: what is left of it is plain text.
/// </summary>
internal static class Shares
{
    /// <param name="usage">Takes the shares.</param>
    /// <param name="whole">All input tokens.</param>
    /// <param name="cached">Read from a cache, of whichever kind.</param>
    /// <param name="write">Written to a cache, all of it.</param>
    /// <param name="writeLong">Of that, for an hour or longer.</param>
    /// <param name="audio">All of sound, cached or not.</param>
    /// <param name="cachedAudio">As far as the provider says.</param>
    /// <param name="image">All of pictures.</param>
    /// <param name="cachedImage">As far as the provider says.</param>
    public static void PutInput(
        Pricing.Usage usage, long whole, long cached = 0, long write = 0, long writeLong = 0,
        long audio = 0, long cachedAudio = 0, long image = 0, long cachedImage = 0)
    {
        audio = Math.Min(audio, whole);
        image = Math.Min(image, whole - audio);
        var text = whole - audio - image;
        cached = Math.Min(cached, whole);
        cachedAudio = Math.Min(cachedAudio, Math.Min(audio, cached));
        cachedImage = Math.Min(cachedImage, Math.Min(image, cached - cachedAudio));
        var cachedText = Math.Min(cached - cachedAudio - cachedImage, text);
        // More was cached than there is text: the rest of it was sound or pictures, though nothing says so.
        var over = cached - cachedAudio - cachedImage - cachedText;
        var overAudio = Math.Min(over, audio - cachedAudio);
        cachedAudio += overAudio;
        cachedImage += Math.Min(over - overAudio, image - cachedImage);
        write = Math.Min(write, text - cachedText);
        writeLong = Math.Min(writeLong, write);
        usage[UsageClass.Input] = text - cachedText - write;
        usage[UsageClass.CachedInput] = cachedText;
        usage[UsageClass.CacheWrite] = write - writeLong;
        usage[UsageClass.CacheWriteLong] = writeLong;
        usage[UsageClass.InputAudio] = audio - cachedAudio;
        usage[UsageClass.CachedInputAudio] = cachedAudio;
        usage[UsageClass.InputImage] = image - cachedImage;
        usage[UsageClass.CachedInputImage] = cachedImage;
    }

    public static void PutOutput(Pricing.Usage usage, long whole, long audio = 0, long image = 0)
    {
        audio = Math.Min(audio, whole);
        image = Math.Min(image, whole - audio);
        usage[UsageClass.Output] = whole - audio - image;
        usage[UsageClass.OutputAudio] = audio;
        usage[UsageClass.OutputImage] = image;
    }

    /// <summary>The one part of an answer by one model; made when there is something to put in.</summary>
    public static Pricing.Usage OnlyPart(this Reading reading)
    {
        if (reading.Parts.Count == 0)
            reading.Parts.Add(new Pricing.Usage());
        return reading.Parts[0];
    }
}
