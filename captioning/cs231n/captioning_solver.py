"""``cs231n.captioning_solver``: the training of a captioner."""

from typing import Any

from captioning.cs231n import optim
from captioning.cs231n.coco_utils import sample_coco_minibatch


class CaptioningSolver:
    """Trains a captioner on minibatches that are drawn at random.

    Attributes:
        loss_history: the loss of each minibatch.
    """

    def __init__(
        self,
        model: Any,
        data: dict[str, Any],
        *,
        update_rule: str = "sgd",
        optim_config: dict[str, Any] | None = None,
        lr_decay: float = 1.0,
        batch_size: int = 100,
        num_epochs: int = 10,
        print_every: int = 10,
        verbose: bool = True,
    ) -> None:
        """Take a captioner, and data of ``load_coco_data``.

        Args:
            model: with ``params`` and ``loss``.
            data: see ``load_coco_data``.
            update_rule: "sgd", "sgd_momentum", "rmsprop" or "adam".
            optim_config: its settings, such as ``learning_rate``.
            lr_decay: the learning rate is multiplied by it after each epoch.
            batch_size: captions of a minibatch.
            num_epochs: as many minibatches as there are captions for, so many times.
            print_every: a line each so many minibatches.
            verbose: whether lines are printed.

        Raises:
            ValueError: there is no such update rule.
        """
        rules = ("sgd", "sgd_momentum", "rmsprop", "adam")
        if update_rule not in rules:
            raise ValueError(f"update_rule is {update_rule!r}, expected one of {', '.join(rules)}")
        self.model, self.data = model, data
        self.batch_size, self.num_epochs, self.lr_decay = batch_size, num_epochs, lr_decay
        self.print_every, self.verbose = print_every, verbose
        self.loss_history: list[float] = []
        self._rule = getattr(optim, update_rule)
        self._configs = {name: dict(optim_config or {}) for name in model.params}

    def train(self) -> None:
        """Train over all epochs; ``model.params`` are new ones afterwards."""
        per_epoch = max(len(self.data["train_captions"]) // self.batch_size, 1)
        n_iterations = self.num_epochs * per_epoch
        for iteration in range(n_iterations):
            self._step()
            if self.verbose and iteration % self.print_every == 0:
                print(f"(Iteration {iteration + 1} / {n_iterations}) loss: {self.loss_history[-1]:f}")
            if (iteration + 1) % per_epoch == 0:
                for config in self._configs.values():
                    config["learning_rate"] *= self.lr_decay

    def _step(self) -> None:
        captions, features, _ = sample_coco_minibatch(self.data, self.batch_size)
        loss, grads = self.model.loss(features, captions)
        self.loss_history.append(float(loss))
        for name, value in self.model.params.items():
            self.model.params[name], self._configs[name] = self._rule(value, grads[name], self._configs[name])
