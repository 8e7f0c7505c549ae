package com.google.zxing;

public enum BarcodeFormat { QR_CODE, CODE_128 }
