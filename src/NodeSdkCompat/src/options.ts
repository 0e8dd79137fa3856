import type { ChatMessage } from './wire.js';

export interface KeyPassOptions {
  /** `kp_cid_…`, from the page of your app. */
  clientId: string;
  /** `kp_cs_…`. It stays on your server. */
  clientSecret: string;
  /** Where KeyPass runs, e.g. `https://keypass.example.com`. */
  baseUrl: string;
  /** How long a management call may take without a byte of an answer. 30 seconds. */
  timeoutMs?: number;
  /** The same for a call to a provider, and between two chunks of a stream. 10 minutes: models think. */
  providerTimeoutMs?: number;
  /** How often a call is tried again that cannot be made twice by that. 2. */
  maxRetries?: number;
  /** Another fetch, to go through a proxy for instance. */
  fetch?: typeof fetch;
}

export interface CallOptions {
  signal?: AbortSignal;
  /** Instead of the client's own. */
  timeoutMs?: number;
}

export interface ChatRequest extends CallOptions {
  /** `kp_at_…`, of the connection that pays. */
  accessToken: string;
  provider: string;
  model: string;
  messages: ChatMessage[];
  stream?: boolean;
  /** Whatever else the provider takes: `temperature`, `tools`, `max_tokens`. */
  [member: string]: unknown;
}

export interface PassthroughRequest extends CallOptions {
  accessToken: string;
  provider: string;
  /** The provider's own path, e.g. `/v1/embeddings`. */
  path: string;
  /** `POST` with a body, else `GET`. */
  method?: string;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  body?: string | Uint8Array | FormData | Blob;
  headers?: Record<string, string>;
}

/** What an official SDK is constructed with. */
export interface SdkSettings {
  baseURL: string;
  apiKey: string;
}
