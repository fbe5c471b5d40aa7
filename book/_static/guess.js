// A guess before an experiment: the output of the next cell is hidden until an answer is chosen.
// Without this script, and on paper, the answers are a list, and everything is shown.
const nextOutput = (guess) => {
  for (let node = guess.nextElementSibling; node; node = node.nextElementSibling) {
    const output = node.querySelector(".cell_output");
    if (output) return output;
  }
  return null;
};

const button = (label) => {
  const made = document.createElement("button");
  made.type = "button";
  made.append(label);
  return made;
};

const prepareGuess = (guess, number) => {
  const output = nextOutput(guess), result = guess.querySelector(".guess-result");
  const said = document.createElement("p");
  // What is put into a status is read out.
  const status = document.createElement("div");
  status.setAttribute("role", "status");
  result.replaceWith(status);
  output.id ||= `result-of-guess-${number}`;
  // Searching the page, or a link into the output, shows it as well.
  output.hidden = "until-found";
  const skip = button("Show the result without a guess");
  skip.className = "guess-skip";
  output.before(skip);
  const show = () => { output.removeAttribute("hidden"); skip.remove(); };
  output.addEventListener("beforematch", show);
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
      said.replaceChildren("Your guess: ", choice.textContent, ". ", link);
      status.replaceChildren(said, result);
    });
    return choice;
  });
  guess.classList.add("guess-live");
};

document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".guess").forEach(prepareGuess));
