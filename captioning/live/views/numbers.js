// Mirrors captioning/figures/words.py: numbers as text.

/** A number with two decimals and a real minus sign. */
export const number = (value) => value.toFixed(2).replace("-", "−");

/** A probability as a short percentage that is never rounded to what it is not: «< 1 %». */
export function percent(probability) {
  if (probability < 0.005) return "< 1 %";
  return 0.995 <= probability && probability < 1 ? "> 99 %" : `${ENGINE.round(100 * probability)} %`;
}

/** A probability as a percentage: «43 %», «1.3 %», «under 0.1 %». */
export function finePercent(probability) {
  if (probability < 0.001) return "under 0.1 %";
  if (0.9995 <= probability && probability < 1) return "over 99.9 %";
  const hasDecimal = probability < 0.0995 || (0.995 <= probability && probability < 1);
  return `${hasDecimal ? (100 * probability).toFixed(1) : ENGINE.round(100 * probability)} %`;
}
