"""Protocols run on cases: import, steps with provenance, report and export."""

import lazy_loader

# by the stub beside: a command that reads one table need not load every map, plan and figure
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
