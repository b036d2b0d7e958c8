"""What Ember can do: one async function, one file; a file here imports these three names and no other capability.

remember, recall, update_memory, forget   the asker's memory
current_time, calculate                   what a model is bad at
framework/                                how a function becomes a capability, is found, checked and run
"""

from capabilities.framework.context import Context
from capabilities.framework.decorator import capability
from capabilities.framework.errors import TellTheModel

__all__ = ["Context", "TellTheModel", "capability"]
