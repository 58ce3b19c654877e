"""The checker's parts. It shares no code and no library with what makes ink: it reads with pikepdf, zxing-cpp, fontTools,

pypdfium2 and Pillow, and knows the documents, the template and the sheet design only as values of the model.
"""
