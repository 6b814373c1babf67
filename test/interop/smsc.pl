#!/usr/bin/perl
# A small SMSC on Net::SMPP, the independent peer of our ESME. It takes one connection after the other,
# accepts every bind and every submit_sm, prints one line for each PDU that it got, and sends a receipt for
# each message that asks for one. As some operators do, it names a message in hexadecimal when it answers and
# in decimal in the receipt. The first line that it prints is the port it listens on. It ends when its
# standard input is closed.
use strict;
use warnings;
use Net::SMPP;
use IO::Select;

$| = 1;
my $listener = Net::SMPP->new_listen('127.0.0.1', port => 0, smpp_version => 0x34) or die "cannot listen: $!";
print 'port ', $listener->sockport, "\n";
my $waiting = IO::Select->new($listener, \*STDIN);
my ($esme, $next) = (undef, 0xabc0);

while (my @ready = $waiting->can_read) {
    for my $handle (@ready) {
        exit 0 if $handle == \*STDIN && !sysread(STDIN, my $nothing, 1);
        if ($handle == $listener) {
            $esme = $listener->accept or next;
            $waiting->add($esme);
        } elsif (defined $esme && $handle == $esme) {
            my $pdu = $esme->read_pdu;
            if (!defined $pdu || !answer($pdu)) {
                $waiting->remove($esme);
                $esme->close;
                undef $esme;
            }
        }
    }
}

sub answer {
    my ($pdu) = @_;
    my ($cmd, $seq) = ($pdu->{cmd}, $pdu->{seq});
    if ($cmd == 0x00000009) {
        print "bind $pdu->{system_id} $pdu->{password} $pdu->{interface_version}\n";
        $esme->set_version(0x34);
        $esme->bind_transceiver_resp(system_id => 'perl', seq => $seq);
    } elsif ($cmd == 0x00000004) {
        submitted($pdu);
    } elsif ($cmd == 0x00000015) {
        $esme->enquire_link_resp(seq => $seq);
    } elsif ($cmd == 0x80000005) {
        print "receipt_taken $pdu->{status}\n";
    } elsif ($cmd == 0x80000015) {
        print "enquire_answered\n";
    } elsif ($cmd == 0x00000006) {
        print "unbind\n";
        $esme->unbind_resp(seq => $seq);
        return 0;
    }
    return 1;
}

sub submitted {
    my ($pdu) = @_;
    my $id = $next++;
    my @shown = map { $pdu->{$_} } qw(source_addr_ton source_addr dest_addr_ton destination_addr esm_class data_coding);
    print join(' ', 'submit', @shown, $pdu->{validity_period}, unpack('H*', $pdu->{short_message})), "\n";
    $esme->submit_sm_resp(message_id => sprintf('%X', $id), seq => $pdu->{seq});
    $esme->enquire_link(async => 1);
    return if !$pdu->{registered_delivery};
    my $text = "id:$id sub:001 dlvrd:001 submit date:2611221100 done date:2611221101 stat:DELIVRD err:000 text:";
    $esme->deliver_sm(
        async            => 1,
        esm_class        => 0x04,
        source_addr      => $pdu->{destination_addr},
        destination_addr => $pdu->{source_addr},
        short_message    => $text,
    );
    return;
}
