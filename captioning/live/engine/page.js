// The page's side: starts the worker, and loads each file when a question first needs it.

const captioningArrived = {};
/** What each file of data calls. */
const captioningData = (name, text) => captioningArrived[name](text);

/** Return what loads the files of a folder: a promise of the text of a name. By scripts, so from the disk, too. */
const captioningScripts = (folder) => (name) =>
  new Promise((resolve, reject) => {
    captioningArrived[name] = resolve;
    const script = Object.assign(document.createElement("script"), { src: `${folder}/${name}.js` });
    script.onerror = () => reject(new Error(`${script.src} could not be loaded`));
    document.head.append(script);
  });

/** Return `ask(question, ...names of files that it needs)`, a promise of the answer, given what loads the files. */
function captioningPage(arrival) {
  const code = `const { serve } = (${captioningEngine})(); serve(self);`;
  const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const [waiting, loaded] = [[], {}]; // by the numbers of questions; by the names of files
  worker.onmessage = ({ data: { id, said, error } }) => {
    if (error) waiting[id].reject(new Error(error));
    else waiting[id].resolve(said);
    delete waiting[id];
  };
  const send = (question) =>
    new Promise((resolve, reject) => {
      const id = waiting.push({ resolve, reject }) - 1;
      worker.postMessage({ id, question });
    });
  const load = (name) =>
    (loaded[name] ??= arrival(name).then((text) => send({ do: "load", name, text })).catch((error) => {
      delete loaded[name]; // to be tried again
      throw error;
    }));
  return (question, ...names) => Promise.all(names.map(load)).then(() => send(question));
}
