"""The errors of the knowledge base a caller may want to catch. Messages name the thing, what was expected, what came and the remedy.

KnowledgeBaseError
├── ContentError     the content folder is missing or holds nothing that can be used
└── IndexUnusable    the index is missing, damaged, or was built with another encoder; it says how to get a good one
"""


class KnowledgeBaseError(Exception):
    """Everything this package raises on purpose."""


class ContentError(KnowledgeBaseError):
    pass


class IndexUnusable(KnowledgeBaseError):
    pass
