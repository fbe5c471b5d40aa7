// A widget on a page without a kernel: what a kernel would have answered was recorded.

/** A model whose traits have these values; `answers` are what is shown for each value of the trait `by`. */
function recorded({ values, by, answers }) {
  const listeners = {};
  if (by) values.shown = answers[values[by]];
  const set = (name, value) => {
    values[name] = value;
    if (name === by) set("shown", answers[value]);
    listeners[`change:${name}`]?.forEach((listener) => listener());
  };
  const on = (event, listener) => (listeners[event] ??= []).push(listener);
  return { get: (name) => values[name], set, on, save_changes: () => {} };
}
