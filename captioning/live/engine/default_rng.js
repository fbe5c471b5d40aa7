// Mirrors numpy.random.default_rng: SeedSequence (O'Neill's seed_seq) and PCG64 (XSL-RR), number for number.

const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

/** A scrambler of 32-bit numbers, whose constant changes with each. */
const scrambler = (constant, factor) => (value) => {
  value ^= constant;
  constant = Math.imul(constant, factor);
  value = Math.imul(value, constant);
  return value ^ (value >>> 16);
};

/** The four 64-bit words that a seed, a whole number of at most 128 bits, is spread over. */
function seedWords(seed) {
  const [into, outOf] = [scrambler(0x43b0d7e5, 0x931e8875), scrambler(0x8b51f9dd, 0x58f38ded)];
  const pool = [0n, 32n, 64n, 96n].map((shift) => into(Number(BigInt.asUintN(32, BigInt(seed) >> shift))));
  for (const from of [0, 1, 2, 3])
    for (const to of [0, 1, 2, 3].filter((other) => other !== from)) {
      const mixed = Math.imul(pool[to], 0xca01f9dd) - Math.imul(into(pool[from]), 0x4973f715);
      pool[to] = mixed ^ (mixed >>> 16);
    }
  const halves = [...pool, ...pool].map((value) => BigInt(outOf(value) >>> 0));
  return [0, 2, 4, 6].map((at) => halves[at] | (halves[at + 1] << 32n));
}

/** A generator whose numbers are those of `numpy.random.default_rng(seed)`. */
export function defaultRng(seed) {
  const [a, b, c, d] = seedWords(seed);
  const increment = (((c << 64n) | d) << 1n) | 1n;
  let state = increment + ((a << 64n) | b);
  const next = () => {
    state = BigInt.asUintN(128, state * MULTIPLIER + increment);
    const [folded, turn] = [BigInt.asUintN(64, (state >> 64n) ^ state), state >> 122n];
    return BigInt.asUintN(64, (folded >> turn) | (folded << (64n - turn)));
  };
  next();
  const random = () => Number(next() >> 11n) / 2 ** 53; // in [0, 1)
  return { random, uniform: (low, high) => low + (high - low) * random() };
}
