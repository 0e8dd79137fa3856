import { concat, type Bytes } from './bytes';
import { refuse } from './refusal';

// Which point is d·G? ECDH with G gives its x. Of the two y that fit, ECDH can never tell the right one, as d and −d agree in
// every x. But Q + G and −Q + G have different x, and the x of (d + 1)·G is one more ECDH. Only public numbers are computed here.

const field = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const coefficient = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const baseX = 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n;
const baseY = 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n;

/** `next` is the private key whose scalar is greater by one. */
export async function deriveOnCurve(own: CryptoKey, next: CryptoKey): Promise<Bytes> {
  const base = await crypto.subtle.importKey('raw', pointOf(baseX, baseY), { name: 'ECDH', namedCurve: 'P-256' }, true, []);
  const x = await sharedX(own, base);
  const nextX = await sharedX(next, base);
  const y = power(modulo(x * x * x - 3n * x + coefficient), (field + 1n) / 4n);
  const fitting = [y, field - y].find((candidate) => sumX(x, candidate) === nextX);
  if (fitting === undefined) refuse('unavailable', 'This browser computes on the curve P-256 in another way than all others.');
  return pointOf(x, fitting);
}

async function sharedX(own: CryptoKey, base: CryptoKey): Promise<bigint> {
  const bytes = new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: base }, own, 256));
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** The x of (x, y) + G. Where x is G's own there is no such slope; the comparison fails, and no seed will ever lead there. */
function sumX(x: bigint, y: bigint): bigint {
  const slope = modulo((y - baseY) * power(modulo(x - baseX), field - 2n));
  return modulo(slope * slope - x - baseX);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = modulo(result * square);
    square = modulo(square * square);
  }
  return result;
}

function modulo(value: bigint): bigint {
  const rest = value % field;
  return rest < 0n ? rest + field : rest;
}

const coordinate = (value: bigint): Bytes =>
  Uint8Array.from(value.toString(16).padStart(64, '0').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

const pointOf = (x: bigint, y: bigint): Bytes => concat(Uint8Array.of(4), coordinate(x), coordinate(y));
