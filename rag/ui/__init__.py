"""The web app: one render() a page, shared pieces, typed state. Streamlit stays here and in app.py."""
