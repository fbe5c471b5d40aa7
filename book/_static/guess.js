// A guess before an experiment: what the next cells put out is hidden until an answer is chosen.
// Without this script, and on paper, the answers are a list, and everything is shown.
const nextOutputs = (guess) => {
  const found = [];
  for (let node = guess.nextElementSibling; node?.matches(".cell"); node = node.nextElementSibling)
    found.push(...node.querySelectorAll(".cell_output"));
  return found;
};

const button = (label) => {
  const made = document.createElement("button");
  made.type = "button";
  made.append(label);
  return made;
};

const prepareGuess = (guess, number) => {
  const outputs = nextOutputs(guess), [output] = outputs, result = guess.querySelector(".guess-result");
  const said = document.createElement("p");
  // What is put into a status is read out.
  const status = document.createElement("div");
  status.setAttribute("role", "status");
  result.replaceWith(status);
  output.id ||= `result-of-guess-${number}`;
  // Searching the page, or a link into the output, shows it as well.
  outputs.forEach((one) => { one.hidden = "until-found"; });
  const skip = button("Show the result without a guess");
  skip.className = "guess-skip";
  output.before(skip);
  const show = () => { outputs.forEach((one) => one.removeAttribute("hidden")); skip.remove(); };
  outputs.forEach((one) => one.addEventListener("beforematch", show));
  skip.addEventListener("click", () => { show(); output.tabIndex = -1; output.focus(); });

  const link = document.createElement("a");
  link.href = `#${output.id}`;
  link.textContent = "Go to the result";
  const choices = [...guess.querySelectorAll("li")].map((answer) => {
    const choice = button("");
    const text = answer.querySelector(":scope > p") || answer;
    choice.append(...text.childNodes);
    choice.setAttribute("aria-pressed", "false");
    text.append(choice);
    choice.addEventListener("click", () => {
      choices.forEach((other) => other.setAttribute("aria-pressed", String(other === choice)));
      show();
      said.replaceChildren("Your guess: ", choice.textContent, " ", link);
      status.replaceChildren(said, result);
    });
    return choice;
  });
  guess.classList.add("guess-live");
};

document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".guess").forEach(prepareGuess));
