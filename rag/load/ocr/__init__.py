"""Text recognition: a picture of a page to its lines of text, each with its place and how sure it is.

The networks are PaddleOCR's (English, Chinese, Japanese, western languages), as ONNX files from the installed
package `rapidocr`, none of whose code runs: its pipeline would bring OpenCV, Shapely and a downloader. They
run here on onnxruntime and numpy. Knows no file format and nothing of documents.
"""

from rag.load.ocr.networks import MISSING, available, turn
from rag.load.ocr.page import Sheet, recognise

__all__ = ["MISSING", "Sheet", "available", "recognise", "turn"]
