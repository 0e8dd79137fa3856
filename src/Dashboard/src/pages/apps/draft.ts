import type { Trouble } from '../../app/trouble';
import { addressesIn, homepageWrong, linesWrong, originWrong, redirectWrong } from './addresses';
import type { App, AppWish } from './apps-api';

/** An app as it stands in the form; addresses one a line. */
export interface AppDraft {
  readonly name: string;
  readonly homepage: string;
  readonly logo: string;
  readonly origins: string;
  readonly redirectUris: string;
}

export type AppWrong = Partial<Record<keyof AppDraft, string>>;

export const emptyDraft: AppDraft = { name: '', homepage: '', logo: '', origins: '', redirectUris: '' };

export const draftOf = ({ name, homepage, logo, origins, redirectUris }: App): AppDraft => ({
  name, homepage: homepage ?? '', logo: logo ?? '', origins: origins.join('\n'), redirectUris: redirectUris.join('\n'),
});

export const wishOf = ({ name, homepage, logo, origins, redirectUris }: AppDraft): AppWish => ({
  name: name.trim(), homepage: homepage.trim(), logo, origins: addressesIn(origins), redirectUris: addressesIn(redirectUris),
});

export function wrongIn(draft: AppDraft): AppWrong {
  const homepage = draft.homepage.trim() === '' ? undefined : homepageWrong(draft.homepage.trim());
  const [origins, redirectUris] = [linesWrong(draft.origins, originWrong), linesWrong(draft.redirectUris, redirectWrong)];
  return {
    ...(draft.name.trim() === '' && { name: 'Give it the name that people know it by.' }),
    ...(homepage !== undefined && { homepage }), ...(origins !== undefined && { origins }), ...(redirectUris !== undefined && { redirectUris }),
  };
}

/** What the server says of a field, at that field; nothing where it names none of these. */
export function wrongTold(trouble: Trouble | undefined): AppWrong {
  const field = trouble?.field;
  return trouble !== undefined && field !== undefined && Object.hasOwn(emptyDraft, field) ? { [field]: trouble.message } : {};
}
