package com.google.zxing;

public enum DecodeHintType { POSSIBLE_FORMATS, TRY_HARDER }
