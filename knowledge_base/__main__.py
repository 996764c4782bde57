"""`python -m knowledge_base build | status | search`: the knowledge base without the chat."""

from knowledge_base.commands import index_app

if __name__ == "__main__":
    index_app(prog_name="knowledge_base")
