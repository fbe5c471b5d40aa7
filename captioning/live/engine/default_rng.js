// Mirrors numpy.random.default_rng: SeedSequence (O'Neill's seed_seq) and PCG64 (XSL-RR), number for number.

const MASK = (1n << 128n) - 1n;
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

/** The four 64-bit words that a seed, a whole number of at most 128 bits, is spread over. */
function seedWords(seed) {
  let constant = 0x43b0d7e5;
  const hashed = (value) => {
    value ^= constant;
    constant = Math.imul(constant, 0x931e8875);
    value = Math.imul(value, constant);
    return value ^ (value >>> 16);
  };
  const mixed = (x, y) => {
    const value = Math.imul(x, 0xca01f9dd) - Math.imul(y, 0x4973f715);
    return value ^ (value >>> 16);
  };
  const pool = [0n, 32n, 64n, 96n].map((shift) => hashed(Number((BigInt(seed) >> shift) & 0xffffffffn)));
  for (let from = 0; from < 4; from++)
    for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mixed(pool[to], hashed(pool[from]));
  let other = 0x8b51f9dd;
  const halves = Array.from({ length: 8 }, (_, at) => {
    let value = pool[at % 4] ^ other;
    other = Math.imul(other, 0x58f38ded);
    value = Math.imul(value, other);
    return BigInt((value ^ (value >>> 16)) >>> 0);
  });
  return [0, 2, 4, 6].map((at) => halves[at] | (halves[at + 1] << 32n));
}

/** A generator whose numbers are those of `numpy.random.default_rng(seed)`. */
export function defaultRng(seed) {
  const [a, b, c, d] = seedWords(seed);
  const increment = (((c << 64n) | d) << 1n) | 1n;
  let state = (increment + ((a << 64n) | b)) & MASK;
  let kept = null; // the upper half of a number of which the lower was given
  const step = () => (state = (state * MULTIPLIER + increment) & MASK);
  const next = () => {
    step();
    const folded = BigInt.asUintN(64, (state >> 64n) ^ state);
    const turn = state >> 122n;
    return BigInt.asUintN(64, (folded >> turn) | (folded << (64n - turn)));
  };
  const next32 = () => {
    if (kept !== null) {
      const half = kept;
      kept = null;
      return half;
    }
    const both = next();
    kept = both >> 32n;
    return both & 0xffffffffn;
  };
  step();
  /** In [0, 1). */
  const random = () => Number(next() >> 11n) / 2 ** 53;
  /** In [low, high). */
  const uniform = (low, high) => low + (high - low) * random();
  /** A whole number below `below`, by Lemire's method. */
  const integer = (below) => {
    const range = BigInt(below);
    const least = (1n << 32n) % range;
    let product;
    do product = next32() * range;
    while ((product & 0xffffffffn) < least);
    return Number(product >> 32n);
  };
  return { random, uniform, integer, choice: (options) => options[integer(options.length)] };
}
