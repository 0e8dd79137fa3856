const keptForMs = 60_000;

/** Every program on the machine can read the clipboard: a secret leaves it after a minute, as soon as this page is in front. */
export function forgetOnClipboard(secret: string): void {
  setTimeout(() => {
    if (document.hasFocus()) void empty(secret);
    else addEventListener('focus', () => { void empty(secret); }, { once: true });
  }, keptForMs);
}

async function empty(secret: string): Promise<void> {
  // Where reading is not allowed nobody knows what is there by now; that it is emptied was said.
  const there = await readIfAllowed();
  if (there === undefined || there === secret) await navigator.clipboard.writeText('').catch(() => undefined);
}

/** Never asks the person: that question would come out of nowhere. */
async function readIfAllowed(): Promise<string | undefined> {
  try {
    const { state } = await navigator.permissions.query({ name: 'clipboard-read' as PermissionName });
    return state === 'granted' ? await navigator.clipboard.readText() : undefined;
  } catch {
    return undefined;
  }
}
