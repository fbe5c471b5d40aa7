// Mirrors captioning/figures/words.py: numbers as text.

/** A number with so many decimals; a half, such as 62.5, goes to the even digit, as it does in Python. */
function fixed(value, decimals) {
  const text = value.toFixed(decimals); // a half goes up
  const isHalf = /^50*$/.test(value.toFixed(60).split(".")[1].slice(decimals));
  return isHalf && text.at(-1) % 2 ? (text - Math.sign(value) / 10 ** decimals).toFixed(decimals) : text;
}

/** A number with two decimals and a real minus sign. */
export const number = (value) => fixed(value, 2).replace("-", "−");

/** A probability as a short percentage that is never rounded to what it is not: “< 1 %”. */
export function percent(probability) {
  if (probability < 0.005) return "< 1 %";
  return 0.995 <= probability && probability < 1 ? "> 99 %" : `${fixed(100 * probability, 0)} %`;
}

/** A probability as a percentage: “43 %”, “1.3 %”, “under 0.1 %”. */
export function finePercent(probability) {
  if (probability < 0.001) return "under 0.1 %";
  if (0.9995 <= probability && probability < 1) return "over 99.9 %";
  const hasDecimal = probability < 0.0995 || (0.995 <= probability && probability < 1);
  return `${fixed(100 * probability, hasDecimal ? 1 : 0)} %`;
}
