"""The kinds of steps that protocols are made of: the constant of a stage is its name, in capitals."""

import lazy_loader

# by the stub beside: a protocol loads the stages that it uses
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
