import { get } from '../../app/api';
import { flagAt, nanoAt, needNano, needNumber, needText, numberAt, objectAt, objectsAt, textAt, textsAt, type JsonObject } from '../../app/json';
import { searchOf, type Query } from '../../app/useQuery';
import type { Reader } from '../../budgets/window';
import { connectionTag } from '../../receipts/callers';
import { queryOf, spanOf } from '../../receipts/range';

export interface CostLine {
  readonly model: string;
  readonly kind: string;
  readonly count: number;
  /** Of a million; undefined where the class has no price. */
  readonly rate: bigint | undefined;
  /** What tier, speed and region do to it: a million is the usual price. */
  readonly factor: number;
  readonly cost: bigint;
}

export interface ProviderError {
  readonly status: number;
  readonly code: string | undefined;
  readonly message: string | undefined;
}

/** The receipt of one call. */
export interface Receipt {
  readonly requestId: string;
  readonly at: string;
  readonly virtualKeyId: string;
  /** What the virtual key, or the app, that called is called. */
  readonly caller: string | undefined;
  readonly providerKeyId: string | undefined;
  readonly provider: string | undefined;
  readonly operation: string | undefined;
  readonly model: string | undefined;
  readonly servedModel: string | undefined;
  readonly servedTier: string | undefined;
  readonly status: number;
  /** Of a refusal of KeyPass's own. */
  readonly code: string | undefined;
  readonly providerError: ProviderError | undefined;
  readonly exactness: string;
  /** Undefined where nobody knows. */
  readonly cost: bigint | undefined;
  /** The most that it could have cost; undefined where no budget asked. */
  readonly bound: bigint | undefined;
  readonly clampedTo: number | undefined;
  readonly priceVersion: string | undefined;
  readonly lines: readonly CostLine[];
  readonly input: number;
  readonly output: number;
  readonly stream: boolean;
  readonly hungUp: boolean;
  readonly attempts: number;
  readonly latencyMs: number;
  readonly providerMs: number | undefined;
  readonly firstByteMs: number | undefined;
  readonly tags: readonly string[];
  readonly test: boolean;
}

export async function getReceipt(requestId: string): Promise<Receipt> {
  return readReceipt(await get(`/v1/logs/${encodeURIComponent(requestId)}`));
}

/** Where the receipts are that the page's address asks for; undefined where its days are none. */
export function logsPath(query: Query, reader: Reader): string | undefined {
  const { range = '', caller = '', model = '', status = '', mode = '' } = query;
  const span = range === '' ? undefined : spanOf(range, query, reader);
  if (range !== '' && span === undefined) return undefined;
  return `/v1/logs${searchOf({
    ...(span && queryOf(span)), model, status, ...(caller.startsWith(connectionTag) ? { tag: caller } : { virtualKey: caller }),
    livemode: mode === 'test' ? 'false' : mode === 'live' ? 'true' : '',
  })}`;
}

export async function listNewest(limit: number): Promise<readonly Receipt[]> {
  return objectsAt(await get(`/v1/logs?limit=${limit}`), 'items').map(readReceipt);
}

/** The models of the last months, to choose from. */
export async function listModels(): Promise<readonly string[]> {
  return objectsAt(await get('/v1/usage?groupBy=model'), 'groups').flatMap((row) => textAt(row, 'group') ?? []).sort();
}

export function readReceipt(row: JsonObject): Receipt {
  const failure = objectAt(row, 'providerError');
  const failed = numberAt(failure, 'status');
  return {
    requestId: needText(row, 'requestId'), at: needText(row, 'at'), virtualKeyId: needText(row, 'virtualKeyId'), caller: textAt(row, 'caller'),
    providerKeyId: textAt(row, 'providerKeyId'), provider: textAt(row, 'provider'), operation: textAt(row, 'operation'),
    model: textAt(row, 'model'), servedModel: textAt(row, 'servedModel'),
    servedTier: textAt(row, 'servedTier'), status: needNumber(row, 'status'), code: textAt(row, 'code'),
    providerError: failed === undefined ? undefined : { status: failed, code: textAt(failure, 'code'), message: textAt(failure, 'message') },
    exactness: needText(row, 'exactness'), cost: nanoAt(row, 'costNanoUsd'), bound: nanoAt(row, 'boundNanoUsd'), clampedTo: numberAt(row, 'clampedTo'),
    priceVersion: textAt(row, 'priceVersion'),
    lines: objectsAt(row, 'costLines').map((line) => ({
      model: needText(line, 'model'), kind: needText(line, 'class'), count: needNumber(line, 'count'), rate: nanoAt(line, 'perMillionNanoUsd'),
      factor: needNumber(line, 'factorPerMillion'), cost: needNano(line, 'nanoUsd'),
    })),
    input: needNumber(row, 'inputTokens'), output: needNumber(row, 'outputTokens'), stream: flagAt(row, 'stream'), hungUp: flagAt(row, 'hungUp'),
    attempts: needNumber(row, 'attempts'), latencyMs: needNumber(row, 'latencyMs'), providerMs: numberAt(row, 'providerMs'),
    firstByteMs: numberAt(row, 'firstByteMs'), tags: textsAt(row, 'tags'), test: !flagAt(row, 'livemode'),
  };
}
