"""The files a merchant already has, read into the catalogue's records. `read_folder` is the way in; one module per format."""

from knowledge_base.importers.folder import read_file, read_folder
from knowledge_base.importers.grouping import Imported

__all__ = ["Imported", "read_file", "read_folder"]
