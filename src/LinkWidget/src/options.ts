export interface LinkMetadata {
  linkSessionId: string | null;
  /** Where the session stands: `created`, `opened` … `approved`, `denied`, `expired`. */
  status: string | null;
}

export interface LinkResult {
  /** For your server, to exchange at once. Null where an existing connection was changed: its access token goes on. */
  publicToken: string | null;
  metadata: LinkMetadata;
}

export interface LinkError {
  /**
   * `invalid_link_token`, `fetch_token_failed`, `frame_unreachable` (the page's own policy may forbid the frame), `insecure_page`,
   * `origin_not_allowed`, `session_expired`, `session_used`, or a refusal of the server.
   */
  code: string;
  message: string;
}

export interface CreateOptions {
  /** The link token, from your server. */
  'token'?: string;
  /** Asked for the link token when the window opens, in place of `token`. */
  fetchToken?: () => Promise<string>;
  /** Where KeyPass runs, e.g. `https://keypass.example.com`. */
  apiBaseUrl: string;
  /** At most once for each `open()`. */
  onSuccess: (result: LinkResult) => void;
  /** The user left (error is null), or it cannot go on. */
  onExit?: (error: LinkError | null, metadata: LinkMetadata) => void;
  /** Steps, for your funnel. The names are listed in the README and do not change. */
  onEvent?: (name: string, metadata: LinkMetadata) => void;
  /** The frame is there. */
  onLoad?: () => void;
}

export interface LinkHandler {
  open: () => void;
  /** Closes as if the user had. */
  exit: () => void;
  /** Closes and says nothing more, ever. */
  destroy: () => void;
}
