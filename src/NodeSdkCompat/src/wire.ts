// The words of KeyPass's API, as they stand on the wire.

export type Period = 'none' | 'daily' | 'weekly' | 'monthly';

export interface LinkSessionRequest {
  /** E.g. `['openai', 'anthropic']`: the user allows those of them that they have. */
  requestedProviders: string[];
  /** What you suggest they allow, in cents; the user may change it. */
  budgetSuggestionCents: number;
  /** `monthly`. */
  period?: Period;
  /** Only these models; all where absent. */
  models?: string[];
  /** One sentence that the user reads: what you do with it. */
  reason?: string;
  /** Your own id of the user; it comes back with the exchange. */
  clientUserId?: string;
  /** The origin of the page that opens the window: one of your app's. */
  origin?: string;
  /** Where the user comes back to when no window can be opened: one of your app's, letter by letter. */
  redirectUri?: string;
  /** From `createCodeVerifier()`. */
  codeChallenge?: string;
  /** When the connection shall end by itself. */
  expiresAt?: string;
  /** Changes this connection instead of making one. */
  connectionId?: string;
}

export interface LinkSession {
  /** Give it to the user's browser, to nobody else. Good for 30 minutes, 15 for a change. */
  linkToken: string;
  linkSessionId: string;
  /** The same without our widget: send the user there. */
  hostedUrl: string;
  expiresAt: string;
}

export type LinkStatus =
  | 'created' | 'opened' | 'authenticated' | 'key_ready' | 'consent_shown' | 'approved' | 'denied' | 'expired' | 'abandoned' | 'exchanged';

export interface LinkSessionState {
  linkSessionId: string;
  status: LinkStatus;
  outcome: 'approved' | 'denied' | 'expired' | 'abandoned' | null;
  exitReason: string | null;
  connectionId: string | null;
  clientUserId: string | null;
  events: { name: LinkStatus; at: string }[];
  expiresAt: string;
}

export interface Exchanged {
  /** `kp_at_…`: store it encrypted, and use it from your server only. */
  accessToken: string;
  connectionId: string;
  linkSessionId: string;
  clientUserId: string | null;
  granted: { providers: string[]; models: string[] | null; 'keys': number };
  budget: { limitCents: number; period: Period; resetsAt: string | null };
  expiresAt: string | null;
}

export interface Connection {
  id: string;
  status: 'active' | 'paused' | 'revoked' | 'expired';
  clientUserId: string | null;
  providers: string[];
  models: string[] | null;
  budget: { limitCents: number; spentNanoUsd: number; remainingNanoUsd: number; period: Period; resetsAt: string | null };
  expiresAt: string | null;
  updatedAt: string;
}

export interface Page<Item> {
  items: Item[];
  /** For the next call; null at the end. */
  nextCursor: string | null;
}

export interface PageRequest {
  limit?: number;
  cursor?: string;
}

export interface UsageRequest {
  from?: string;
  to?: string;
  groupBy?: 'day' | 'model';
}

export interface UsageRow {
  day?: string;
  model?: string;
  calls: number;
  inputTokens: number;
  outputTokens: number;
  costNanoUsd: number;
}

export interface ChatMessage {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  content?: string | { type: string; [member: string]: unknown }[] | null;
  [member: string]: unknown;
}

/** The provider's own answer, member for member. */
export interface ChatCompletion {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: { index: number; message: ChatMessage; finish_reason: string | null; [member: string]: unknown }[];
  usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number; [member: string]: unknown };
  [member: string]: unknown;
}

export interface ChatChunk {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: {
    index: number;
    delta: { role?: string; content?: string | null; [member: string]: unknown };
    finish_reason: string | null;
    [member: string]: unknown;
  }[];
  usage?: ChatCompletion['usage'] | null;
  [member: string]: unknown;
}
