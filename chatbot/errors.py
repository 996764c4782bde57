"""The errors a caller may want to catch. The message is for people: the thing, what was expected, what came.

ChatbotError
├── SettingsError        the configuration cannot be used; the process ends with exit code 2
├── WeightsError         a model cannot be fetched, or is not what its checksum says
├── EngineError          the engine failed while it wrote
│   ├── Overloaded       its queue is full; `retry_after` seconds
│   └── EngineUnavailable  it cannot be reached or never became ready
├── StorageUnavailable   the database refused a write; nothing was acknowledged
├── Unauthorized         a token, an identity or a password is wrong or expired
└── Conflict             a known message id came with another text
"""


class ChatbotError(Exception):
    """Everything this package raises on purpose."""


class SettingsError(ChatbotError):
    pass


class WeightsError(ChatbotError):
    pass


class EngineError(ChatbotError):
    pass


class Overloaded(EngineError):
    def __init__(self, message: str, retry_after: float = 5.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class EngineUnavailable(EngineError):
    pass


class StorageUnavailable(ChatbotError):
    pass


class Conflict(ChatbotError):
    pass


class Unauthorized(ChatbotError):
    pass
