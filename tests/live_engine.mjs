// Runs the engine without a page: node live_engine.mjs FOLDER < tasks > answers
//
// FOLDER is what `captioning live` wrote. Tasks are JSON: the names of files to load, and a list of questions as a
// worker takes them, or of `{run, given}`, JavaScript that gets the engine and what is given. Bytes come as base64.

import { readFileSync, writeFileSync } from "node:fs";

const folder = process.argv[2];
const source = (name) => readFileSync(`${folder}/${name}.js`, "utf8");
const engine = new Function(`${source("captioner")}\nreturn captioningEngine();`)();

const plain = (key, value) => {
  if (value instanceof Uint8ClampedArray) return Buffer.from(value).toString("base64");
  return ArrayBuffer.isView(value) ? [...value] : value;
};
const { load, questions } = JSON.parse(readFileSync(0, "utf8"));
const arrived = [];
const arrive = (name, text) => arrived.push({ do: "load", name, text });
for (const name of load) new Function("captioningData", source(name))(arrive);
for (const question of arrived) await engine.answer(question);
const answers = [];
for (const question of questions)
  answers.push(
    await (question.run ? new Function("engine", "given", question.run)(engine, question.given) : engine.answer(question)),
  );
writeFileSync(1, JSON.stringify(answers, plain));
