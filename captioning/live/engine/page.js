// The page's side: starts the worker, and loads each file when a question first needs it. Works from the disk, too.

const captioningArrived = {};

/** What each file of data calls. */
function captioningData(name, text) {
  captioningArrived[name](text);
}

/**
 * @param folder where the files are
 * @returns `ask(question, ...names of the files that it needs)`, a promise of the answer
 */
function captioningPage(folder) {
  const code = `const { serve } = (${captioningEngine})(); serve(self);`;
  const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const [waiting, loaded] = [new Map(), {}];
  worker.onmessage = ({ data: { id, answer, error } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error) reject(new Error(error));
    else resolve(answer);
  };
  let asked = 0;
  const send = (question) =>
    new Promise((resolve, reject) => {
      waiting.set(++asked, { resolve, reject });
      worker.postMessage({ id: asked, question });
    });
  const load = (name) =>
    (loaded[name] ??= new Promise((resolve, reject) => {
      captioningArrived[name] = resolve;
      const script = Object.assign(document.createElement("script"), { src: `${folder}/${name}.js` });
      script.onerror = () => reject(new Error(`${script.src} could not be loaded`));
      document.head.append(script);
    }).then((text) => send({ do: "load", name, text })));
  return async (question, ...names) => {
    await Promise.all(names.map(load));
    return send(question);
  };
}
