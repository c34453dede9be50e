"""Every error sentence the service answers with, named once.

A class is one error of the service: wire code, HTTP status and sentence. The mark at the end of a
docstring says how well the sentence is known: *seen* in public material, or *inferred* by us or by analogy; an
inferred row is replaced in this room and nowhere else when a capture turns up. All names of every part are here, too.
"""

from beanpole.model.errors.access import *
from beanpole.model.errors.existence import *
from beanpole.model.errors.limits import *
from beanpole.model.errors.parameters import *
from beanpole.model.errors.platforms import *
from beanpole.model.errors.refusal import *
from beanpole.model.errors.settings import *
from beanpole.model.errors.sources import *
from beanpole.model.errors.states import *
from beanpole.model.errors.tags import *
from beanpole.model.errors.templates import *
