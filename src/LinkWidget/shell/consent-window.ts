/** Links inside such programs open nothing, or something that cannot come back. */
const inAppBrowser = /\b(FBAN|FBAV|Instagram|Line|MicroMessenger|GSA|LinkedInApp|TikTok|musical_ly)\b|; wv\)/;

/** Tells the page that it has a window of its own, which it is to close, and has nowhere to return to. */
const inWindow = '&window';

export const opensNoWindow = (): boolean => inAppBrowser.test(navigator.userAgent);

/**
 * Must be called by the click itself. The window is cut off from this frame, as all pages of KeyPass are from whoever opened them: what is decided there
 * comes from the server. False where none was opened, or the page around is cut off too (COOP): that looks the same.
 */
export const openConsentWindow = (hostedUrl: string): boolean => window.open(hostedUrl + inWindow, '_blank', 'popup,width=480,height=720') !== null;
