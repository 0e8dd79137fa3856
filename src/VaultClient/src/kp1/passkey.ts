import { text, type Bytes } from './bytes';
import { refuse } from './refusal';
import { toBase64url } from './spelling';

// A passkey's PRF output opens the vault, and so must never leave the browser. `credential.toJSON()` would carry it inside
// clientExtensionResults, and the server's WebAuthn reader keeps those as they come. So the answer is built here by hand.

/** `prf.eval.first`, the same for every passkey: what it is for is in what is derived from the output. */
export async function prfInput(): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', text('KeyPass/v1/prf-eval')));
}

export interface PasskeyForServer {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly authenticatorAttachment?: string;
  readonly response: Readonly<Record<string, string | readonly string[]>>;
  readonly clientExtensionResults: Readonly<Record<string, never>>;
}

export function passkeyResponseForServer(credential: PublicKeyCredential): PasskeyForServer {
  const { response, authenticatorAttachment } = credential;
  const built: PasskeyForServer = {
    id: credential.id,
    rawId: spell(credential.rawId),
    type: 'public-key',
    ...(authenticatorAttachment !== null && { authenticatorAttachment }),
    response: { clientDataJSON: spell(response.clientDataJSON), ...('attestationObject' in response ? created(response) : used(response)) },
    // The reader asks for the member; it stays empty, whatever the browser filled in.
    clientExtensionResults: {},
  };
  refusePrf(JSON.stringify(built), credential);
  return built;
}

function created(response: AuthenticatorResponse): Record<string, string | string[]> {
  const attestation = response as AuthenticatorAttestationResponse;
  return { attestationObject: spell(attestation.attestationObject), transports: attestation.getTransports() };
}

function used(response: AuthenticatorResponse): Record<string, string> {
  const { authenticatorData, signature, userHandle } = response as AuthenticatorAssertionResponse;
  return {
    authenticatorData: spell(authenticatorData),
    signature: spell(signature),
    ...(userHandle !== null && { userHandle: spell(userHandle) }),
  };
}

/** The output, if there was one, in any spelling, and the extension's name: neither may be in what is sent. */
function refusePrf(sent: string, credential: PublicKeyCredential): void {
  const output = credential.getClientExtensionResults().prf?.results?.first;
  if (sent.includes('"prf"') || (output !== undefined && sent.includes(toBase64url(viewOf(output))))) {
    refuse('malformed', 'The passkey’s answer would carry its PRF output.');
  }
}

function viewOf(source: BufferSource): Uint8Array {
  return source instanceof ArrayBuffer ? new Uint8Array(source) : new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
}

const spell = (buffer: ArrayBuffer): string => toBase64url(new Uint8Array(buffer));
