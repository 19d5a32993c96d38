"""What the scripted server writes: plain tokens of one width, or Markdown with code, tables and maths."""

import re

WIDTH = 5  # characters of a plain token, so that the length of a text tells how many have come

SECTION = r"""## {n}. Fitting a model

The loss is $L(\theta)=\frac{{1}}{{N}}\sum_i(y_i-f_\theta(x_i))^2$, and its gradient

$$
\nabla_\theta L = -\frac{{2}}{{N}}\sum_{{i=1}}^{{N}} (y_i - f_\theta(x_i))\, \nabla_\theta f_\theta(x_i)
$$

Some **bold** and *italic* words, a `span of code`, and a [link](https://example.org/{n}).

1. Load the data and split it.
2. Choose a step, for example `1e-3`:
   - a smaller one is slower,
   - a larger one may diverge.

```python
class Model{n}:
    def __init__(self, width: int = 16) -> None:
        self.weights = [0.0] * width  # one for each input

    def step(self, xs: list[float], y: float, rate: float = 1e-3) -> float:
        error = y - sum(a * b for a, b in zip(self.weights, xs, strict=True))
        self.weights = [a + rate * error * b for a, b in zip(self.weights, xs, strict=True)]
        return error**2
```

| step | loss | accuracy | note |
|-----:|-----:|---------:|:-----|
| 1 | 0.913 | 0.52 | start |
| 10 | 0.402 | 0.81 | falling |
| 100 | 0.117 | 0.95 | flat |

> A remark: the figures of this table are made up.

"""


def tokens_of(kind: str, count: int) -> list[str]:
    return _markdown(count) if kind == "markdown" else [f"{number % 10_000:04d} " for number in range(count)]


def _markdown(count: int) -> list[str]:
    """Pieces of about four characters, as a tokenizer cuts them."""
    text = "".join(SECTION.format(n=n) for n in range(1, count // 150 + 2))
    return re.findall(r" ?[A-Za-z0-9_]{1,6}|\s+|[^A-Za-z0-9_\s]{1,3}", text)[:count]
