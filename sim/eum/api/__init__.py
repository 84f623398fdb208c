"""The public names of `import eum`: a policy to a table in five lines.

Everything here is built on the packages below it and holds no rule of the model. What `eum.__all__` names is kept
from one release to the next; other names may move.
"""
