#!/usr/bin/perl
# Verifies DKIM signatures with Mail::DKIM: signatures.pl KEYS LETTER…
# KEYS has a line `name record` for each record that the DNS would hold; nothing is asked over a network.
# Prints `letter<TAB>algorithm<TAB>result` for each signature, top to bottom; the result is Mail::DKIM's own word.
use strict;
use warnings;
use File::Basename qw(basename);
use Mail::DKIM::Verifier;
use Net::DNS::RR;

my ($keys, @letters) = @ARGV;
open(my $in, '<', $keys) or die "$keys: $!\n";
my %records = map { /^(\S+) (.*)$/ ? ($1 => $2) : () } grep { !/^#/ } <$in>;

no warnings 'redefine';
*Mail::DKIM::DNS::query_async = sub {
    my ($name, $type, %how) = @_;
    my @found = grep { defined } $records{$name};
    my @answer = map { Net::DNS::RR->new(name => $name, type => 'TXT', txtdata => [ unpack '(A255)*', $_ ]) } @found;
    return sub { $how{Callbacks}{Success}->(@answer) };
};

for my $letter (@letters) {
    open(my $in, '<:raw', $letter) or die "$letter: $!\n";
    my $verifier = Mail::DKIM::Verifier->new;
    $verifier->PRINT(do { local $/; <$in> });
    $verifier->CLOSE;
    print join("\t", basename($letter), $_->algorithm, $_->result_detail), "\n" for $verifier->signatures;
}
