case_1 = urlencode("a b&c/é~*'()!;:@$,+=?#[]")
