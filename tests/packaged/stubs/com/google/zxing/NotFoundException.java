package com.google.zxing;

public class NotFoundException extends Exception {
    private static final long serialVersionUID = 1;
}
